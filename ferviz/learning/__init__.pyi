from . import (
    answering as answering,
    checkpoint as checkpoint,
    loop as loop,
    pretext as pretext,
    recipes as recipes,
    sets as sets,
    sharpness as sharpness,
    tasks as tasks,
    variation as variation,
    votes as votes,
)
