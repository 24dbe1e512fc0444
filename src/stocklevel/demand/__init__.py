"""From demand histories to demand distributions: arrays of SKUs by periods in, arrays of SKUs out."""
