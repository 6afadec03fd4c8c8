// One layer of a line, from its words.
#pragma once

#include "cambium/framework/graph/item.h"
#include "cambium/models/parts/line_kind.h"
#include "cambium/models/parts/line_text.h"

namespace cambium::models::line {

// Throws Error, with the place, for an unknown kind or option, a value that cannot be read or that the layer refuses, what is
// missing or comes twice, and a layer of several inputs.
Item item_of(const LayerText& text);

// What may stand behind `with`: the fields of ParamSettings.
const Options& settings();

}  // namespace cambium::models::line
