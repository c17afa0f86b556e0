// tests/unit/catalog/splits/ffpp_facts.h: facts of the public FaceForensics++ lists: which of its
// 1000 videos are validation and test. Source: dataset/splits/*.json of ondyari/FaceForensics.
#pragma once

#include <algorithm>
#include <string>

#include "catalog/corpora/ffpp_recordings.h"

namespace changeling {

inline constexpr int kFfppVideos = 1000;

inline constexpr int kFfppVal[] = {
    4,   23,  42,  46,  64,  84,  91,  104, 106, 115, 116, 126, 134, 145, 157, 159, 175, 192,
    198, 223, 245, 254, 261, 263, 273, 284, 299, 316, 325, 342, 349, 350, 354, 362, 364, 369,
    370, 402, 416, 419, 440, 443, 453, 455, 465, 468, 470, 471, 472, 482, 483, 492, 493, 511,
    514, 538, 548, 557, 558, 560, 564, 565, 566, 567, 571, 583, 584, 585, 586, 589, 595, 597,
    599, 606, 612, 617, 622, 632, 638, 640, 647, 649, 656, 664, 666, 668, 672, 702, 720, 727,
    729, 742, 745, 746, 762, 768, 775, 777, 779, 793, 794, 807, 816, 817, 818, 820, 823, 824,
    827, 832, 834, 837, 852, 857, 875, 890, 895, 898, 900, 904, 909, 912, 915, 922, 923, 925,
    926, 927, 933, 939, 947, 951, 956, 958, 971, 979, 980, 982, 991, 992};

inline constexpr int kFfppTest[] = {
    0,   3,   12,  15,  24,  26,  29,  35,  36,  44,  47,  48,  73,  78,  102, 114, 128, 135,
    138, 141, 142, 154, 158, 161, 169, 170, 176, 186, 190, 214, 219, 220, 227, 233, 249, 255,
    257, 278, 280, 288, 306, 308, 314, 319, 321, 347, 352, 358, 367, 371, 376, 379, 380, 381,
    384, 386, 388, 389, 399, 404, 418, 420, 421, 422, 423, 425, 429, 445, 452, 454, 462, 467,
    479, 480, 485, 488, 494, 507, 517, 521, 527, 529, 550, 552, 579, 607, 608, 623, 625, 630,
    633, 634, 650, 660, 661, 669, 670, 675, 682, 683, 691, 695, 701, 705, 706, 707, 714, 724,
    725, 731, 732, 739, 741, 755, 759, 801, 812, 821, 842, 847, 851, 855, 862, 865, 868, 880,
    896, 906, 917, 919, 924, 932, 945, 949, 953, 955, 970, 973, 974, 995};

template <std::size_t n>
bool is_among(const int (&list)[n], int video) {
  return std::find(std::begin(list), std::end(list), video) != std::end(list);
}

inline std::string ffpp_part(int video) {
  return is_among(kFfppVal, video) ? "val" : is_among(kFfppTest, video) ? "test" : "train";
}

/// Names the clip by its first video.
inline std::string ffpp_clip(int video) {
  return "clip-" + std::to_string(ffpp_first_video(video));
}

}  // namespace changeling
