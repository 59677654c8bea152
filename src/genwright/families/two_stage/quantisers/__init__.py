"""Quantisers: vectors at the places of a grid, each taken to one of finitely many, and the codes that say which.

They are interchangeable parts of a codec. One has

    width, entries, books                 D numbers of a vector; K values of a code; how many codes a vector has
    quantiser(z, rng) -> q, codes, cost   of vectors z (..., D): what they are taken to, (..., D), with a gradient to z;
                                          (..., books) int64; (...,) what z is to pay for staying away from q
    encode(z) -> codes, decode(codes) -> q

In training mode a call may move entries of a codebook, by random numbers of `rng`; what moves is a buffer.
"""
