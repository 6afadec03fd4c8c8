// What runs here, said before it runs.
#pragma once

namespace apps {

// Version, build type, instruction set, BLAS and threads (0: one per processor); on standard error what is wrong with them: a slow
// build, a BLAS that breaks promises.
void print_heading(int threads);

}  // namespace apps
