# The flags that a module was compiled with; checked when it is chosen.
cdef extern from *:
    """
    #ifndef SL_VARIANT
    #define SL_VARIANT "plain"
    #endif
    """
    const char* _VARIANT "SL_VARIANT"

variant = _VARIANT.decode("ascii")
