"""Run something with what torch keeps for the whole process set aside, and put it back afterwards."""
