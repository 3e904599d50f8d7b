"""Say what is worth seeing in a run, each note chosen by what was measured."""
