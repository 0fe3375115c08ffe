"""Whether every solution comes to rest: one file a theorem.

energy       it falls and confines the activations
inhibition   an energy of the excitatory neurons falls, as inhibition acts at once
cascade      parts that converge one after the other
linear       linear networks exactly at their threshold
planar       two neurons of which areas shrink
trapped      the energy falls in the box in which solutions end
escape       the energy falls without end
unstable     every rest state is unstable
"""
