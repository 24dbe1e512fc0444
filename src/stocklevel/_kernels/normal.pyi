from stocklevel._kernels.family import *
from stocklevel._kernels.family import __test__ as __test__
