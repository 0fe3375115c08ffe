"""What noise leaves of a guarantee: no state is final, but the law of the states may settle.

With tau_i dx_i = u_i dt + sigma_i dB_i and neurons whose slope h_i = dg_i/dx_i is constant,
u = -H^-1 dE/dx, so that the network is a Langevin equation with mobilities 1 / (tau_i h_i). Its law
at rest is Gibbs', exp(-E / T), where sigma_i^2 h_i / (2 tau_i) is the same T in all neurons: then
drift and noise balance along every direction (detailed balance; Risken, The Fokker-Planck
Equation, section 6.4). In other linear networks the law is Gaussian, with a covariance C of

    A C + C A^T = Q,    A = T^-1 (1 - W H),    Q = diag(sigma_i^2 / tau_i^2)

where the noise is white. Where slopes change with the state, dx = -M dE/dx with M = T^-1 H^-1 that
changes too, while the noise does not: the law is another one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.certificate import Certificate
from hamsim.certify.study import Study
from hamsim.condition import Condition
from hamsim.deadline import within
from hamsim.network import Network, Noise

__all__ = ["NAME", "NO_REST", "law_of_run", "stationary_law", "with_law"]

NAME = "stationary law"
BALANCE = "detailed balance; Risken, The Fokker-Planck Equation, 6.4"
LYAPUNOV = "Lyapunov's equation; Gardiner, Handbook of Stochastic Methods, 4.4.6"
HARRIS = "Meyn and Tweedie, Adv. Appl. Prob. 25 (1993) 518: bounded drive, leak and noise"
# Temperatures that differ by less are the same but for rounding.
SAME = 1e-12

NO_REST = "with noise no state is final"


def stationary_law(network: Network, certificate: Certificate) -> Condition:
    """Decide what law the states of a network with noise settle to.

    Parameters
    ----------
    network : Network
        With noise.
    certificate : Certificate
        Of the same network without noise.

    Returns
    -------
    Condition
        "proved" where there is one law to which all starts lead.
    """
    noise = network.noise
    assert noise is not None
    if network.delays is not None:  # with which the state alone says too little
        message = f"{NO_REST}, and with delays nothing is known of the law that they have"
        return Condition(NAME, "undecided", message)
    slopes = _constant_slopes(network)
    stable = certificate.globally_stable == "proved"
    if slopes is not None and stable:
        temperature = _temperature(network, noise, slopes)
        if temperature is not None:
            size = f"{temperature:.6g}"
            message = f"{NO_REST}: their law settles to Gibbs', exp(-E/T) with T = {size}"
            return Condition(NAME, "proved", message, {}, {"temperature": temperature}, BALANCE)
        message = (
            f"{NO_REST}: their law settles to a Gaussian one around the rest state, which is not "
            "Gibbs' exp(-E/T)"
        )
        return Condition(NAME, "proved", message, theorem=LYAPUNOV)
    if _is_driven_back(network, noise):
        message = (
            f"{NO_REST}: their law settles to one, whatever the start, which is not Gibbs' "
            "exp(-E/T) as activations are not linear"
        )
        return Condition(NAME, "proved", message, theorem=HARRIS)
    message = f"{NO_REST}, and nothing is known of the law that they have"
    return Condition(NAME, "undecided", message)


def law_of_run(network: Network, certificate: Certificate, seconds: float) -> Condition:
    """`stationary_law` beside a certificate that left open what takes long.

    Parameters
    ----------
    network : Network
    certificate : Certificate
    seconds : float
        How long it may take to close what the law depends on.
    """
    open_still = certificate.converges == "proved" and network.delays is None
    if open_still and _constant_slopes(network) is not None:
        with within(seconds), np.errstate(all="ignore"):
            stable = Study(network).globally_stable.status
        certificate = replace(certificate, globally_stable=stable)
    return stationary_law(network, certificate)


def with_law(network: Network, certificate: Certificate) -> Certificate:
    """A certificate that also says what noise does; its fields are of the network without."""
    if network.noise is None:
        return certificate
    law = stationary_law(network, certificate)
    return replace(certificate, conditions=(*certificate.conditions, law))


def _constant_slopes(network: Network) -> Floats | None:
    """Slopes of activations that are linear in all neurons; None where some is not."""
    if network.triples is not None or not all(g.family.additive for g in network.groups):
        return None
    most, least = (
        np.concatenate([g.fact(key) for g in network.groups]) for key in ("slope", "least")
    )
    return most if np.all((most == least) & (least > 0) & np.isfinite(most)) else None


def _temperature(network: Network, noise: Noise, slopes: Floats) -> float | None:
    """The same temperature of all neurons; None where detailed balance does not hold."""
    if not network.symmetric or np.any(noise.tau[noise.sigma > 0] > 0):
        return None
    if np.any(network.tau == 0) or np.any(noise.sigma == 0):
        return None
    each = noise.sigma**2 * slopes / (2.0 * network.tau)
    lowest, highest = float(each.min()), float(each.max())
    return highest if np.isfinite(highest) and highest - lowest <= SAME * highest else None


def _is_driven_back(network: Network, noise: Noise) -> bool:
    """Whether the leak outdoes a bounded drive far out, and noise reaches every state."""
    if np.any(network.tau == 0) or np.any(noise.sigma == 0) or np.any(noise.tau > 0):
        return False
    facts = [g.fact(key) for g in network.groups for key in ("low", "high", "slope")]
    return bool(np.isfinite(np.concatenate(facts)).all())
