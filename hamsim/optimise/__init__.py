"""Problems as networks: annealed to answers, which are read out and compared with exact ones."""
