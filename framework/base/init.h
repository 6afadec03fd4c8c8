// How parameters start.
#pragma once

#include <cstddef>
#include <string>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

// A rule that fills a parameter. fan_in and fan_out are the values that one output sees, and one input feeds:
// (inputs, outputs) of a dense layer, times the kernel's area for a convolution.
struct Initializer {
  enum class Kind { zeros, ones, constant, uniform, normal, glorot_uniform, glorot_normal, he_uniform, he_normal };
  Kind kind = Kind::zeros;
  double value = 0;  // of the constant; bound of the uniform; standard deviation of the normal

  std::string str() const;  // "he_normal", "uniform(0.05)"
  friend bool operator==(const Initializer&, const Initializer&) = default;
};

namespace init {
inline Initializer zeros() { return {Initializer::Kind::zeros, 0}; }
inline Initializer ones() { return {Initializer::Kind::ones, 1}; }
inline Initializer constant(double value) { return {Initializer::Kind::constant, value}; }
inline Initializer uniform(double bound) { return {Initializer::Kind::uniform, bound}; }        // in [-bound, bound)
inline Initializer normal(double deviation) { return {Initializer::Kind::normal, deviation}; }  // mean 0
// Glorot, Bengio 2010: variance 2 / (fan_in + fan_out).
inline Initializer glorot_uniform() { return {Initializer::Kind::glorot_uniform, 0}; }
inline Initializer glorot_normal() { return {Initializer::Kind::glorot_normal, 0}; }
// He, Zhang, Ren, Sun 2015: variance 2 / fan_in.
inline Initializer he_uniform() { return {Initializer::Kind::he_uniform, 0}; }
inline Initializer he_normal() { return {Initializer::Kind::he_normal, 0}; }
}  // namespace init

// Fills n values; value i depends on (rule, fans, random, i) alone. Throws Error when the rule's number is not finite.
void fill(const Initializer& rule, real* values, std::size_t n, int fan_in, int fan_out, Random random);

}  // namespace cambium
