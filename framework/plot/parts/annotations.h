// Rules with their labels, and notes beside points: each where it meets no other text.
#pragma once

#include "cambium/framework/plot/parts/canvas.h"
#include "cambium/framework/plot/parts/panel_content.h"
#include "cambium/framework/plot/parts/scale.h"

namespace cambium::plot {

void draw_rules(Canvas& canvas, const Frame& frame, const std::vector<Rule>& rules);
void draw_notes(Canvas& canvas, const Frame& frame, const std::vector<Note>& notes);

}  // namespace cambium::plot
