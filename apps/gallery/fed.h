// A model in use, fed with plain numbers.
#pragma once

#include <string>
#include <vector>

#include "apps/gallery/numbers.h"
#include "cambium/framework/planning/plan.h"

namespace gallery {

class Fed {
 public:
  Fed(cambium::Graph graph, cambium::PlanOptions options, std::uint64_t seed = 1);
  Fed(Fed& other, cambium::PlanOptions options);  // one more plan on the same weights
  Fed(const Fed&) = delete;
  Fed& operator=(const Fed&) = delete;

  // As many samples as there are, in calls of at most options.batch; all outputs one after the other.
  Values feed(const Values& x);

  void set(const std::string& parameter, const Values& values);
  double state(const std::string& name, std::size_t i = 0) const { return weights_.state(name)[i]; }
  cambium::Plan& plan() { return plan_; }

 private:
  cambium::Graph graph_;
  cambium::Weights weights_;
  cambium::PlanOptions options_;
  cambium::Plan plan_;
};

Values values_of(const cambium::ConstView& view);
// Of images, channel c: all its positions in all samples.
Values channel_of(const cambium::ConstView& view, int c);

}  // namespace gallery
