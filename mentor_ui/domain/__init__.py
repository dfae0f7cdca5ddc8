"""Pure rules: money, time, states and errors. No input or output, no SQL, no Reflex."""
