#include "cambium/framework/data/digits/strokes.h"

namespace cambium::pen {

namespace {

constexpr auto down = Knot::down, turn = Knot::turn;

constexpr Knot zero_oval[] = {{36, 2, down}, {13, 14}, {3, 50}, {13, 86}, {34, 98}, {57, 86}, {67, 50}, {57, 14}, {34, 2}};
constexpr Knot zero_narrow[] = {{44, 4, down}, {22, 12}, {7, 44},  {8, 80}, {24, 98},
                                {44, 84},      {53, 48}, {50, 14}, {38, 2}, {28, 6}};
constexpr Knot zero_open[] = {{52, 10, down}, {30, 3}, {9, 24}, {3, 62}, {20, 96}, {46, 90}, {64, 54}, {58, 16}, {36, 5}};
constexpr Knot zero_over[] = {{48, 11, down}, {33, 2},  {11, 17}, {3, 54}, {17, 92},
                              {43, 96},       {64, 60}, {59, 21}, {40, 6}, {21, 11}};
constexpr Skeleton zero[] = {{zero_oval, 4}, {zero_narrow, 2}, {zero_open, 3}, {zero_over, 2}};

constexpr Knot one_bar[] = {{30, 0, down}, {30, 50}, {30, 100}};
constexpr Knot one_flag[] = {{22, 21, down}, {29, 11}, {35, 0, turn}, {34, 100}};
constexpr Knot one_foot[] = {{18, 22, down}, {26, 12}, {33, 0, turn}, {33, 97}, {8, 98, down}, {32, 97}, {57, 98}};
constexpr Skeleton one[] = {{one_bar, 5}, {one_flag, 3}, {one_foot, 1}};

constexpr Knot two_plain[] = {{6, 24, down}, {19, 6}, {42, 1}, {60, 18}, {53, 44}, {28, 74}, {3, 97, turn}, {34, 97}, {67, 96}};
constexpr Knot two_loop[] = {{7, 19, down}, {26, 3}, {50, 6},  {59, 27}, {46, 58}, {25, 86},
                             {9, 97},       {3, 88}, {14, 80}, {33, 89}, {51, 98}, {70, 91}};
constexpr Knot two_wave[] = {{8, 14, down}, {32, 1}, {56, 12}, {56, 38}, {34, 66}, {5, 93, turn}, {24, 88}, {45, 97}, {69, 90}};
constexpr Knot two_long[] = {{14, 27, down}, {29, 9}, {48, 13}, {50, 36}, {30, 69}, {4, 95, turn}, {40, 96}, {78, 93}};
constexpr Skeleton two[] = {{two_plain, 4}, {two_loop, 3}, {two_wave, 3}, {two_long, 1}};

constexpr Knot three_round[] = {{7, 13, down}, {27, 2}, {51, 8}, {53, 29}, {25, 46, turn}, {53, 55}, {61, 78}, {38, 98}, {4, 88}};
constexpr Knot three_flat[] = {{5, 4, down}, {32, 4},  {60, 3, turn}, {45, 22}, {29, 41, turn},
                               {54, 51},     {62, 75}, {41, 98},      {5, 91}};
constexpr Knot three_loop[] = {{8, 11, down}, {31, 2},  {53, 13}, {46, 36}, {27, 48}, {20, 44},
                               {30, 41},      {55, 56}, {59, 82}, {33, 99}, {4, 90}};
constexpr Knot three_belly[] = {{12, 10, down}, {30, 1}, {46, 11}, {43, 27}, {24, 37, turn}, {55, 46}, {68, 71}, {46, 97}, {2, 91}};
constexpr Knot three_head[] = {{3, 17, down}, {28, 1}, {59, 11}, {58, 36}, {25, 55, turn}, {48, 62}, {55, 82}, {34, 99}, {7, 93}};
constexpr Skeleton three[] = {{three_round, 4}, {three_flat, 1}, {three_loop, 3}, {three_belly, 2}, {three_head, 2}};

constexpr Knot four_open[] = {{17, 3, down}, {11, 29}, {4, 56, turn}, {34, 56}, {68, 53}, {53, 13, down}, {50, 56}, {47, 100}};
constexpr Knot four_closed[] = {{47, 2, down}, {25, 34}, {2, 67, turn}, {35, 67}, {70, 65}, {48, 3, down}, {47, 52}, {46, 100}};
constexpr Knot four_cup[] = {{8, 5, down}, {5, 28}, {10, 47}, {31, 51}, {55, 43}, {58, 1, down}, {55, 42}, {51, 100}};
constexpr Knot four_high[] = {{25, 3, down}, {14, 23}, {3, 45, turn}, {34, 46}, {71, 43}, {56, 9, down}, {50, 52}, {45, 100}};
constexpr Knot four_square[] = {{7, 6, down}, {6, 30}, {6, 53, turn}, {32, 53}, {64, 52}, {57, 4, down}, {57, 52}, {56, 100}};
constexpr Skeleton four[] = {{four_open, 4}, {four_closed, 2}, {four_cup, 3}, {four_high, 2}, {four_square, 2}};

constexpr Knot five_cap[] = {{13, 4, down}, {9, 43, turn}, {35, 38},      {59, 53}, {58, 82},
                             {34, 99},      {3, 91},       {13, 4, down}, {37, 5},  {63, 3}};
constexpr Knot five_line[] = {{64, 4, down}, {39, 4},  {15, 5, turn}, {8, 45, turn}, {36, 41},
                              {60, 58},      {55, 87}, {30, 99},      {3, 92}};
constexpr Knot five_snake[] = {{62, 3, down}, {38, 4}, {19, 9}, {13, 28}, {22, 43}, {46, 52}, {59, 72}, {44, 95}, {6, 95}};
constexpr Knot five_lean[] = {{25, 5, down}, {18, 37, turn}, {40, 38},      {55, 57}, {47, 85},
                              {24, 98},      {1, 91},        {25, 5, down}, {49, 3},  {75, -1}};
constexpr Skeleton five[] = {{five_cap, 4}, {five_line, 3}, {five_snake, 2}, {five_lean, 3}};

constexpr Knot six_bow[] = {{50, 2, down}, {24, 20}, {7, 52}, {7, 84}, {27, 99}, {51, 90}, {56, 69}, {37, 57}, {16, 66}, {7, 82}};
constexpr Knot six_straight[] = {{40, 0, down}, {21, 34}, {5, 68}, {10, 92}, {32, 99}, {53, 86}, {51, 66}, {30, 60}, {9, 74}};
constexpr Knot six_curl[] = {{57, 9, down}, {40, 1}, {15, 22}, {3, 58}, {12, 92}, {37, 98}, {56, 79}, {45, 57}, {24, 59}, {17, 74}};
constexpr Knot six_small[] = {{45, 0, down}, {23, 30}, {8, 65}, {13, 92}, {33, 99}, {48, 86}, {42, 69}, {25, 70}, {12, 85}};
constexpr Knot six_wide[] = {{53, 4, down}, {26, 13}, {6, 46}, {7, 83}, {33, 100}, {62, 86}, {63, 58}, {38, 46}, {11, 62}};
constexpr Skeleton six[] = {{six_bow, 4}, {six_straight, 3}, {six_curl, 2}, {six_small, 2}, {six_wide, 2}};

constexpr Knot seven_plain[] = {{-7, 7, down}, {34, 5}, {67, 4, turn}, {47, 48}, {31, 99}};
constexpr Knot seven_serif[] = {{-6, 21, down}, {-5, 5, turn}, {34, 6}, {66, 4, turn}, {46, 46}, {34, 99}};
constexpr Knot seven_crossed[] = {{-5, 8, down}, {34, 6}, {67, 4, turn}, {47, 48}, {31, 99}, {20, 51, down}, {42, 50}, {68, 47}};
constexpr Knot seven_bent[] = {{-8, 11, down}, {20, 4}, {44, 7}, {66, 3, turn}, {51, 26}, {36, 58}, {31, 99}};
constexpr Knot seven_bow[] = {{-6, 9, down}, {30, 5}, {67, 5, turn}, {40, 33}, {26, 63}, {22, 99}};
constexpr Skeleton seven[] = {{seven_plain, 4}, {seven_serif, 2}, {seven_crossed, 2}, {seven_bent, 2}, {seven_bow, 2}};

constexpr Knot eight_cross[] = {{55, 13, down}, {34, 2}, {11, 13}, {16, 37}, {45, 55}, {60, 78},
                                {38, 98},       {8, 88}, {11, 65}, {36, 46}, {55, 29}, {54, 11}};
constexpr Knot eight_rings[] = {{36, 2, down},  {13, 11}, {14, 35}, {34, 45}, {55, 33}, {54, 10}, {33, 2},
                                {34, 45, down}, {7, 61},  {9, 89},  {35, 99}, {61, 87}, {60, 59}, {34, 46}};
constexpr Knot eight_open[] = {{62, 5, down}, {36, 3}, {13, 16}, {20, 39}, {44, 56}, {54, 80},
                               {33, 98},      {9, 86}, {14, 65}, {38, 44}, {58, 24}, {64, 2}};
constexpr Knot eight_small[] = {{49, 13, down}, {34, 3}, {17, 13}, {22, 31}, {47, 47}, {65, 74},
                                {40, 99},       {6, 86}, {12, 58}, {36, 39}, {50, 25}, {48, 11}};
constexpr Skeleton eight[] = {{eight_cross, 5}, {eight_rings, 2}, {eight_open, 3}, {eight_small, 2}};

constexpr Knot nine_stem[] = {{57, 11, down}, {36, 2}, {12, 13}, {7, 36}, {23, 49}, {46, 39}, {59, 9, turn}, {57, 52}, {54, 100}};
constexpr Knot nine_tail[] = {{57, 14, down}, {37, 2},  {13, 11}, {6, 34},  {23, 48},
                              {48, 38},       {59, 13}, {60, 52}, {45, 90}, {14, 98}};
constexpr Knot nine_slide[] = {{55, 13, down}, {34, 3}, {12, 18}, {10, 40}, {29, 47}, {50, 32}, {59, 8, turn}, {46, 54}, {28, 100}};
constexpr Knot nine_large[] = {{60, 17, down}, {38, 2}, {10, 12}, {3, 40}, {22, 59}, {50, 50}, {62, 17, turn}, {60, 60}, {56, 100}};
constexpr Knot nine_small[] = {{53, 11, down}, {39, 2}, {22, 11}, {19, 30}, {34, 38}, {51, 27}, {57, 7, turn}, {52, 50}, {44, 100}};
constexpr Skeleton nine[] = {{nine_stem, 4}, {nine_tail, 3}, {nine_slide, 3}, {nine_large, 2}, {nine_small, 2}};

constexpr std::span<const Skeleton> ways[] = {zero, one, two, three, four, five, six, seven, eight, nine};

}  // namespace

std::span<const Skeleton> digit_skeletons(int digit) { return ways[digit]; }

}  // namespace cambium::pen
