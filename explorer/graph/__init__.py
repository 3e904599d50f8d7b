"""The forward graph of a run: how it is recorded, collapsed and drawn; and the graph that autograd recorded."""
