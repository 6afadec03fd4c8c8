// The line that lives below a training.
#pragma once

#include <string>

#include "cambium/framework/training/history.h"

namespace train {

// "epoch 2/5  [####--------]  loss 0.1234  97.10 %  12345 samples/s  0:05 left", at most `width` columns wide, all of them ASCII.
// Where there is less room some parts are left out, whole: the bar first, then speed, accuracy, loss, the time that is left;
// and the epoch only when it alone is too wide. `share` of the whole training is done.
std::string progress_line(const cambium::StepReport& report, double share, int width);

}  // namespace train
