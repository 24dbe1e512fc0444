import numpy as np
from numpy.typing import NDArray

from stocklevel._kernels.family import *
from stocklevel._kernels.family import __test__ as __test__

def shapes(cv: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
def variations(shape: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
