#include "cambium/models/table.h"

#include "cambium/models/conv_bn.h"
#include "cambium/models/lenet5.h"
#include "cambium/models/lenet_bn.h"
#include "cambium/models/linear.h"
#include "cambium/models/mlp.h"
#include "cambium/models/mlp_bn.h"
#include "cambium/models/mlp_values.h"
#include "cambium/models/online_conv.h"
#include "cambium/models/online_mlp.h"
#include "cambium/models/residual.h"

namespace cambium::models {

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> all{linear_recipe(),     mlp_recipe(),        mlp_bn_recipe(),   mlp_values_recipe(),
                                       lenet5_recipe(),     conv_bn_recipe(),    lenet_bn_recipe(), residual_recipe(),
                                       online_mlp_recipe(), online_conv_recipe()};
  return all;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes()) names.push_back(recipe.name);
  return names;
}

const Recipe& recipe(const std::string& name) {
  check_name("model", name, model_names());
  for (const Recipe& recipe : recipes())
    if (recipe.name == name) return recipe;
  return recipes().front();  // not reached: the name was checked
}

}  // namespace cambium::models
