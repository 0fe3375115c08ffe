"""Whether every solution comes to rest: one file a theorem.

energy       it falls and confines the activations
inhibition   an energy of the excitatory neurons falls, as inhibition acts at once
cascade      parts that converge one after the other
planar       two neurons of which areas shrink
escape       the energy falls without end
unstable     every rest state is unstable
"""
