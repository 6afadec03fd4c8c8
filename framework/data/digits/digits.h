// Made digits: handwritten-looking images of the ten digits, drawn by the program, for use where MNIST would be.
//
// They are not MNIST, and a result on them is not a result on MNIST; but they have its format (28x28 bytes, the digit in a 20x20
// box with its centre of mass in the middle) and about its difficulty. The test samples are by writers who wrote no training
// sample. Right on the test samples after training on all training samples, at seed 1 and difficulty 1: softmax regression 91.2 %
// (MNIST 92.7 %), a dense network 784-256-128-10 98.4 % (98.2 %), two small convolutions with batch norm, 5 epochs, 99.35 %.
#pragma once

#include <cstdint>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

struct DigitsOptions {
  int count = 0;  // samples; 0 for as many as MNIST has: 60,000 to train, 10,000 to test
  std::uint64_t seed = 1;
  double difficulty = 1;  // factor on everything in which writers and samples differ; from 0 to 2, very steep above 1
  int threads = 0;        // 1 to 64, 0 for one per processor; the bytes do not depend on it
};

inline constexpr int digit_pixels = 28 * 28;

// The digit that sample `index` shows: each ten in a row, from a multiple of ten on, are the ten digits in an order of their own.
int digit_label(std::uint64_t seed, Split split, int index);
// Who wrote sample `index`: a number below 400 for training, from 400 to 599 for testing.
int digit_writer(std::uint64_t seed, Split split, int index);
// Draws sample `index` into (28, 28) bytes, 0 for paper and 255 for full ink, and returns its label. The bytes depend on
// (seed, split, index, difficulty) alone and are the same on every machine. Neither allocates nor throws.
int draw_digit(std::uint64_t seed, Split split, int index, double difficulty, unsigned char* pixels) noexcept;

struct DigitImages {
  std::vector<std::uint8_t> images;  // (count, 28, 28)
  std::vector<std::uint8_t> labels;  // (count)
};

// Samples 0 to count - 1. Throws Error when an option is out of range.
DigitImages made_digits(Split split, const DigitsOptions& options = {});
// The same as a dataset of 1x28x28 with 10 classes.
MemoryDataset digits(Split split, const DigitsOptions& options = {});

}  // namespace cambium
