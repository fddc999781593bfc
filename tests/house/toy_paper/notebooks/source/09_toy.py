# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 · Toy
#
# A toy of a lesson, after {{link: frame-attention}}. Its own link is {{link: toy}}.

# %%
from ferviz import explorers
from ferviz.exercises import lesson_09 as check

explorers.ToyLab("astronaut")


# %% tags=["exercise"]
def masked_mean(values, mask):
    ...


check.masked_mean(masked_mean)


# %% tags=["solution"]
def masked_mean(values, mask):
    return (values * mask).mean()


check.masked_mean(masked_mean)
