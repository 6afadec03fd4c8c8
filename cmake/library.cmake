# The library, in single precision (cambium) and in double (cambium_f64), from one list of sources.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
set(BLA_VENDOR OpenBLAS)
find_package(BLAS REQUIRED)
find_path(CAMBIUM_CBLAS_DIR cblas.h PATH_SUFFIXES openblas openblas-pthread REQUIRED)

# Headers say #include "cambium/layers/dense.h", in the tree as when installed: include/cambium stands for this folder.
set(CAMBIUM_INCLUDE ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${CAMBIUM_INCLUDE}/cambium)
foreach(room framework layers optimizers models)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${CAMBIUM_INCLUDE}/cambium/${room} SYMBOLIC)
endforeach()

file(GLOB CAMBIUM_SOURCES CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/base/*.cpp framework/graph/*.cpp framework/planning/*.cpp framework/training/*.cpp framework/training/parts/*.cpp
     framework/data/*.cpp framework/files/*.cpp layers/*.cpp optimizers/*.cpp models/*.cpp)
file(GLOB CAMBIUM_KERNELS CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} framework/kernels/*.cpp)
set(CAMBIUM_KERNELS_ONCE framework/kernels/blas.cpp framework/kernels/isa.cpp)  # the others are built once per instruction set
list(REMOVE_ITEM CAMBIUM_KERNELS ${CAMBIUM_KERNELS_ONCE})

# Its short loops over series want to be unrolled: weights are drawn in half the time.
set_source_files_properties(${PROJECT_SOURCE_DIR}/framework/base/portable_math.cpp PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")

# The umbrella header cambium/cambium.h names every public header, so that a new layer needs no line anywhere.
file(GLOB public_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/base/*.h framework/graph/*.h framework/training/*.h framework/data/*.h framework/files/*.h
     layers/*.h optimizers/*.h models/*.h)
set(umbrella "// Generated: every public header.\n#pragma once\n\n")
foreach(header ${public_headers})
  string(APPEND umbrella "#include \"cambium/${header}\"\n")
endforeach()
file(CONFIGURE OUTPUT ${CAMBIUM_INCLUDE}/cambium/cambium.h CONTENT "${umbrella}" @ONLY)

# Our own flags, kept from whoever uses the library.
add_library(cambium_flags INTERFACE)
target_compile_options(cambium_flags INTERFACE -Wall -Wextra -Wconversion $<$<BOOL:${CAMBIUM_WERROR}>:-Werror>
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 sees overlap in "a" + std::to_string(n)
                       -ffp-contract=off)  # the same bits at every instruction set, and in loops and their remainders
string(REPLACE "," "+" sanitizers "${CAMBIUM_SANITIZE}")  # a comma would end the argument
target_compile_definitions(cambium_flags INTERFACE CAMBIUM_VERSION="${PROJECT_VERSION}"
                           CAMBIUM_BUILD_TYPE="$<CONFIG>$<$<NOT:$<STREQUAL:,${sanitizers}>>: with sanitizers>")
if(CAMBIUM_SANITIZE)
  target_compile_options(cambium_flags INTERFACE -fsanitize=${CAMBIUM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${CAMBIUM_SANITIZE})
endif()

# One set of kernels: the sources compiled with an instruction set's flags into a namespace of its name.
function(cambium_kernels library isa)
  add_library(${library}_${isa} OBJECT ${CAMBIUM_KERNELS})
  target_include_directories(${library}_${isa} PRIVATE ${CAMBIUM_INCLUDE})
  target_compile_features(${library}_${isa} PRIVATE cxx_std_20)
  target_compile_definitions(${library}_${isa} PRIVATE CAMBIUM_ISA=${isa})
  target_compile_options(${library}_${isa} PRIVATE $<$<CONFIG:Release>:-O3> -fno-math-errno -fno-trapping-math ${ARGN})  # or roots and exponentials stay scalar
  target_link_libraries(${library}_${isa} PRIVATE cambium_flags)
  set_target_properties(${library}_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_sources(${library} PRIVATE $<TARGET_OBJECTS:${library}_${isa}>)
endfunction()

function(cambium_library library)
  add_library(${library} ${CAMBIUM_SOURCES} ${CAMBIUM_KERNELS_ONCE})
  target_compile_features(${library} PUBLIC cxx_std_20)
  target_include_directories(${library} PUBLIC $<BUILD_INTERFACE:${CAMBIUM_INCLUDE}> $<INSTALL_INTERFACE:include>
                             PRIVATE ${CAMBIUM_CBLAS_DIR})
  target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:cambium_flags> fmt::fmt ZLIB::ZLIB
                        $<BUILD_INTERFACE:nlohmann_json::nlohmann_json> ${BLAS_LIBRARIES} ${CMAKE_DL_LIBS}
                        PUBLIC Threads::Threads)
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON VERSION ${PROJECT_VERSION})
  cambium_kernels(${library} portable)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    cambium_kernels(${library} avx2 -mavx2 -mfma)
    cambium_kernels(${library} avx512 -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
    target_compile_definitions(${library} PRIVATE CAMBIUM_X86)
  endif()
endfunction()

cambium_library(cambium)
add_library(cambium::cambium ALIAS cambium)

if(CAMBIUM_TESTS)
  cambium_library(cambium_f64)
  # The whole library again under the name cambium_f64, so that both can be linked into one program.
  foreach(target cambium_f64 cambium_f64_portable cambium_f64_avx2 cambium_f64_avx512)
    if(TARGET ${target})
      target_compile_definitions(${target} PUBLIC CAMBIUM_F64 cambium=cambium_f64)
    endif()
  endforeach()
endif()
