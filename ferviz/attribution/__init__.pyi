from .baselines import BASELINES as BASELINES
from .call import attribute as attribute
from .grid import to_box as to_box, to_grid as to_grid
from .methods import METHODS as METHODS, OPTIONS as OPTIONS
from .net import Net as Net
from .quantity import quantity_map as quantity_map
