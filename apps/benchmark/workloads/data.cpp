#include "apps/benchmark/workloads/data.h"

#include <random>

namespace benchmark {

using namespace cambium;

Data::Data(const Shape& sample, int classes, int batch)
    : sample_(sample),
      batch_(batch),
      batches_(batch >= 1024 ? 2
               : batch >= 64 ? 4
                             : 16) {
  std::mt19937 bits(7);  // the standard fixes what it draws
  samples_.resize(static_cast<std::size_t>(batches_) * static_cast<std::size_t>(batch) * static_cast<std::size_t>(sample.size()));
  for (real& value : samples_) value = static_cast<real>(bits() >> 8) / static_cast<real>(1 << 24);
  labels_.assign(static_cast<std::size_t>(batches_), std::vector<int>(static_cast<std::size_t>(batch)));
  for (std::vector<int>& some : labels_)
    for (int& label : some) label = static_cast<int>(bits() % static_cast<unsigned>(classes));
}

ConstView Data::samples(int batch) const {
  const std::size_t size = static_cast<std::size_t>(batch_) * static_cast<std::size_t>(sample_.size());
  return {samples_.data() + static_cast<std::size_t>(batch) * size, sample_, batch_};
}

}  // namespace benchmark
