"""What kernels are given: programs, tables, arrays that change as time goes on."""
