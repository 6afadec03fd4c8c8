// From batch norm to norms that need no batch, step by step: row 26.
#include <doctest/doctest.h>

#include <cmath>

#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

// y and dx of a few batches.
Values few_batches(const Item& norm, const Shape& shape) {
  const std::size_t size = 24 * static_cast<std::size_t>(shape.size());
  Fed fed(Sequential(shape, norm), {.batch = 24, .mode = Mode::train, .input_gradient = true});
  Values all;
  for (std::uint64_t batch = 0; batch < 3; ++batch) {
    const Values y = fed.feed(made(size, [z = normals(size, 260 + batch)](std::size_t i) { return 4 + 3 * z[i]; }));
    const Values dx = fed.back(normals(size, 270 + batch));
    all.insert(all.end(), y.begin(), y.end());
    all.insert(all.end(), dx.begin(), dx.end());
    fed.weights().raise_version();  // as an optimizer's step does
  }
  return all;
}

// Cold statistics as they are printed in the paper, in double: the output of a stream of one element.
Values literal_online(const Values& x) {
  double mean = 0, var = 1;
  return made(x.size(), [&](std::size_t i) {
    const double y = (x[i] - mean) / std::sqrt(var + 1e-5), apart = x[i] - mean;
    var = 0.999 * var + 0.001 * 0.999 * apart * apart;
    mean += 0.001 * apart;
    return y;
  });
}

}  // namespace

TEST_CASE("article: what came after batch norm is batch norm again where its new freedom is taken away") {
  for (const Shape& shape : {Shape{5}, Shape{3, 4, 2}}) {
    const Values batch = few_batches(BatchNorm(), shape);
    at_most(26, "BatchRenorm, r = 1 and d = 0: values that differ from BatchNorm",
            bits_that_differ(few_batches(BatchRenorm({.r_max = 1, .d_max = 0}), shape), batch), 0);
    const StreamMix this_update = {.short_term = 1}, this_call = {.current = 1};
    at_most(26, "StreamingNorm that forgets at every update: difference from BatchNorm",
            worst_difference(few_batches(StreamingNorm({.forward = this_update, .backward = this_call}), shape), batch),
            in_double ? 1e-13 : 1e-6);
  }
  const Values x = rounded(made(5000, [z = normals(5000, 26)](std::size_t i) { return 2 + 3 * z[i]; }));
  Fed online(Sequential(Shape{1}, OnlineNorm({.start = OnlineNormOptions::Start::cold})), {.batch = 64, .mode = Mode::adapt});
  at_most(26, "OnlineNorm against the recurrence as published, 5,000 samples", worst_difference(online.feed(x), literal_online(x)),
          in_double ? 1e-13 : 1e-6);
}

}  // namespace cambium::article
