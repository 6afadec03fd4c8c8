// The sizes that decide how work is cut, and the measurements that gave them. None shows in a result but by where sums are cut,
// and none depends on the number of threads.
#pragma once

#include <cstddef>

namespace cambium::sizes {

// A slice is worth a thread from so many FLOPs on: some ten microseconds, well above the one that handing it out costs.
inline constexpr double flops_of_slice = 2e6;
inline constexpr int most_slices = 8;  // of a batch

// Bytes of a chunk: most of a second-level cache of 1 MB, which holds weights too.
inline constexpr std::size_t chunk_in_cache = 640 << 10;

// Weights of a layer from which threads share its outputs, where samples are too few: reading them takes some microseconds.
inline constexpr std::size_t weights_to_share = 65536;

// Values of one update task: weight, gradient and moments fit the second-level cache.
inline constexpr std::size_t update_task = 16384;

// Values of an output block: with weights and moments well within the second-level cache. One sample's gradient is made quickly,
// and the run of weights that it moves should be long; its bits do not depend on where it is cut, as those of sums may.
inline constexpr std::size_t output_block = 8192, output_block_of_one = 65536;
inline constexpr std::size_t least_outputs = 32;  // x is read once for each block

// A sum of more terms than this for each weight is made of sums of about `terms_of_sum`, added up in double: in single precision
// it would be off by 1e-3 at a hundred thousand.
inline constexpr double terms_in_real = 1 << 18, terms_of_sum = 1024;

// A thread's share of channels that recur, and the values that make it worth handing out: whole cache lines, ten microseconds.
inline constexpr int recurring_channels = 64, recurring_values = 16384;

}  // namespace cambium::sizes
