// The inside of a panel.
#pragma once

#include "cambium/framework/plot/panel.h"
#include "cambium/framework/plot/parts/panel_content.h"

namespace cambium::plot {

struct Panel::State : PanelContent {};

}  // namespace cambium::plot
