// The families of pictures, a file each.
#pragma once

#include "apps/gallery/picture.h"

namespace gallery {

Family one_node();         // how the values of a node are distributed
Family two_steps();        // the mean taken away, the variance made one, and what stays
Family observations();     // how many values it takes, and how many are too many
Family many_nodes();       // element by element, channel by channel
Family nonlinearity();     // where its derivative lives
Family trained_network();  // the channels of one, before and after
Family ranges();           // pixels and sensors of any scale
Family odd_inputs();       // constants, two levels, rare events
Family drifts();           // baselines that move
Family market();           // prices that move, and who learns from them

}  // namespace gallery
