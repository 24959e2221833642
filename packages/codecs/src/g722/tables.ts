/** Constants of ITU-T G.722, each under the name the Recommendation has for it. */

/** Decision levels of the six-bit quantizer of the lower sub-band (Q6, table 14 of §6.2.1.1). */
export const Q6 = Int32Array.of(
  ...[
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  ],
  ...[1458, 1612, 1765, 1980, 2195, 2557, 2919],
);

/** Output levels of the inverse quantizers of the lower sub-band, with the sign of the code in place (QM6, QM5, QM4). */
export const QM6 = Int32Array.of(
  ...[
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  ],
  ...[-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728],
  ...[24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456],
  ...[4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136],
);
export const QM5 = Int32Array.of(
  ...[-280, -280, -23352, -17560, -14120, -11664, -9752, -8184, -6864, -5712, -4696, -3784, -2960, -2208, -1520, -880],
  ...[23352, 17560, 14120, 11664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280, -280],
);
export const QM4 = Int32Array.of(
  ...[0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0],
);

/** Output levels of the inverse quantizer of the higher sub-band (QM2). */
export const QM2 = Int32Array.of(-7408, -1616, 7408, 1616);

/** What each code adds to the logarithm of the scale factor: WL by way of RL42 in the lower sub-band, WH by way of RH2 in the higher. */
export const WL = Int32Array.of(-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60);
export const WH = Int32Array.of(798, -214, 798, -214);

/** The antilogarithm: 2048 times two to the power of a 32nd part (ILB). */
export const ILB = Int32Array.of(
  ...[2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025],
  ...[3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008],
);
