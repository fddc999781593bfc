from . import (
    answering as answering,
    checkpoint as checkpoint,
    columns as columns,
    heads as heads,
    loop as loop,
    pretext as pretext,
    recipes as recipes,
    sets as sets,
    sharpness as sharpness,
    starting as starting,
    tasks as tasks,
    variation as variation,
)
