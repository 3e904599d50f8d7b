"""Networks that were written elsewhere: is a call of one recorded as it runs bare?

Development only. `python -m benchmarks.foreign transformers vit_pytorch folder/with/models` checks every network of the
packages and folders named, as far as they can be built and called by guesswork or by a recipe.
"""
