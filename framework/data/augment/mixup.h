// Mixes a sample with another one, and what it is with what the other is.
#pragma once

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/dataset.h"

namespace cambium {

struct MixupOptions {
  double alpha = 0.2;  // near 0: most samples stay nearly as they are; 1: every share from a half on is as likely

  template <class V>
  void fields(V&& visit) {
    visit("alpha", alpha);
  }
};

// With a share s for each sample in each epoch, the larger part of one divided by the beta distribution (alpha, alpha),
//     x = s x_i + (1 - s) x_j        all inputs alike
//     t = s t_i + (1 - s) t_j        values; of labels the probabilities of the classes, as SoftmaxCrossEntropy takes them
// where j is any sample of the set, every one as likely, or drawn as the epoch is (Zhang, Cisse, Dauphin, Lopez-Paz 2018, "mixup:
// beyond empirical risk minimization", arXiv 1710.09412, section 2). There j is of the same batch; here it is not, so that the
// batch changes nothing and batches of one are mixed too. There s may be the smaller part as well; here it is the larger one, so
// that every sample has its turn in an epoch. Each step reads twice as many samples for it. Weights of samples are mixed likewise.
//
// It stands among augmentations, and works on what they leave, whatever its place: `.augment = {Flip(), Mixup()}`.
// Errors: an alpha that is not above 0 or not finite; labels at positions of more than three sizes.
class Mixup {
 public:
  explicit Mixup(const MixupOptions& options = {});

  // The share of the sample itself, in [1/2, 1]; `random` belongs to it in this epoch alone.
  double share(Random random) const noexcept;
  Description describe() const { return describe_options("mixup", options_); }

 private:
  MixupOptions options_;
};

// What a target of this kind becomes: values of its shape, or for labels probabilities (classes), (classes, positions ...).
Dataset::TargetKind mixed(const Dataset::TargetKind& kind);

}  // namespace cambium
