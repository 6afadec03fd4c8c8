// Elementary functions that give the same bits on every machine.
//
// The functions of the C library differ in the last bit from one library to the next. These are made of + - * / alone, which
// IEEE 754 rounds exactly, in a fixed order. Their relative error stays below 2^-50, which is plenty for random numbers and
// for drawing; where only accuracy counts, use <cmath>.
#pragma once

namespace cambium::portable_math {

double log(double x);        // natural logarithm; x positive, finite and not subnormal, else nan
double exp(double x);        // 0 below -708, infinite above 709
double sin_turns(double t);  // sin(2 pi t); |t| at most 2^50
double cos_turns(double t);  // cos(2 pi t); |t| at most 2^50

}  // namespace cambium::portable_math
