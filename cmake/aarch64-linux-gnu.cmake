# For arm64 from another machine, with Debian's cross compiler (g++-aarch64-linux-gnu). The libraries for arm64 are in a folder of
# their own, CAMBIUM_SYSROOT, so that those of the system stay as they are; tests/structure/arm64.sh says how to make one.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CAMBIUM_SYSROOT)
if(CAMBIUM_SYSROOT)
  set(CMAKE_SYSROOT ${CAMBIUM_SYSROOT})
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
find_program(CAMBIUM_QEMU qemu-aarch64)
if(CAMBIUM_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${CAMBIUM_QEMU} -L "${CMAKE_SYSROOT}")
endif()
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
