#include "cambium/layers/normalization/with_affine.h"

#include "cambium/layers/normalization/layer_norm.h"

namespace cambium {
namespace {

Per per_of(const Layer& norm) {
  const Description description = norm.describe();
  if (description.kind == LayerNorm().describe().kind) return Per::element;
  for (const Field& field : description.fields)
    if (field.name == "per")
      for (Per per : {Per::element, Per::pooled})
        if (field.value == text_of(per)) return per;
  return Per::channel;
}

}  // namespace

Chain with_affine(Item norm, AffineOptions options) {
  if (options.per == Per::channel) options.per = per_of(*norm.layer);
  Item affine = Affine(options);
  affine.settings = norm.settings;  // the norm has no parameters of its own
  if (!norm.name.empty()) affine.name = norm.name + "_affine";
  return Chain(std::move(norm), std::move(affine));
}

}  // namespace cambium
