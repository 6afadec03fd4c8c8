# The library, in single precision (cambium) and in double (cambium_f64), from one list of sources; and what layers, losses and
# optimizers of one's own are checked with (cambium_testing).

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_library(CAMBIUM_ZIP zip REQUIRED)  # its own package file asks for programs that Debian has elsewhere
find_package(nlohmann_json 3.9 REQUIRED)
find_library(CAMBIUM_OPENBLAS openblas PATH_SUFFIXES openblas openblas-pthread REQUIRED)  # not linked: it is loaded when needed
find_path(CAMBIUM_CBLAS_DIR cblas.h PATH_SUFFIXES openblas openblas-pthread REQUIRED)

# Headers say #include "cambium/layers/linear/dense.h", in the tree as when installed: include/cambium stands for this folder.
set(CAMBIUM_INCLUDE ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${CAMBIUM_INCLUDE}/cambium)
foreach(room framework layers optimizers models)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${CAMBIUM_INCLUDE}/cambium/${room} SYMBOLIC)
endforeach()

file(GLOB CAMBIUM_SOURCES CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/*/parts/*.cpp framework/data/*/*.cpp framework/data/*/parts/*.cpp
     framework/base/*.cpp framework/graph/*.cpp framework/planning/*.cpp framework/training/*.cpp
     framework/data/*.cpp framework/files/*.cpp framework/export/*.cpp framework/plot/*.cpp
     layers/*.cpp layers/*/*.cpp optimizers/*.cpp models/*.cpp models/parts/*.cpp)
file(GLOB CAMBIUM_KERNELS CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/kernels/*.cpp framework/kernels/convolution/*.cpp)
# The others are built once per instruction set.
set(CAMBIUM_KERNELS_ONCE framework/kernels/blas.cpp framework/kernels/isa.cpp framework/kernels/kernels.cpp
                         framework/kernels/winograd_switch.cpp)
list(REMOVE_ITEM CAMBIUM_KERNELS ${CAMBIUM_KERNELS_ONCE})

set(CAMBIUM_TOGETHER ${CAMBIUM_SOURCES})
list(FILTER CAMBIUM_TOGETHER INCLUDE REGEX "^framework/")

# Names in unnamed namespaces must then be one's own in a folder. Layers, optimizers and models are compiled file by file always,
# because users put files there.
option(CAMBIUM_UNITY "Compile the sources of a folder together: a fresh build takes half the time, one after a change longer" ON)
add_library(cambium_together_flags INTERFACE)  # between two files these say nothing
target_compile_options(cambium_together_flags INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
function(cambium_together target)
  if(NOT CAMBIUM_UNITY)
    return()
  endif()
  foreach(source ${ARGN})
    get_filename_component(folder ${source} ABSOLUTE)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder}/..)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:cambium_together_flags>)
endfunction()

# Their short loops want to be unrolled: weights are drawn, and averaged, in half the time.
set(CAMBIUM_FAST "$<$<NOT:$<CONFIG:Debug>>:-O3>")
set_source_files_properties(${PROJECT_SOURCE_DIR}/framework/base/portable_math.cpp
                            ${PROJECT_SOURCE_DIR}/framework/training/online_learner.cpp
                            PROPERTIES COMPILE_OPTIONS "${CAMBIUM_FAST}")

# The umbrella header cambium/cambium.h names every public header, so that a new layer needs no line anywhere. What reads and writes
# files of others is left to cambium/files.h: most programs need none of it, and would compile longer.
file(GLOB public_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/data/digits/digits.h framework/data/augment/*.h
     framework/base/*.h framework/graph/*.h framework/planning/plan*.h framework/training/*.h framework/data/*.h framework/files/*.h
     layers/*.h layers/*/*.h optimizers/*.h models/*.h)
file(GLOB file_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/data/tables/*.h framework/data/images/*.h framework/data/np*.h framework/data/idx.h framework/data/cifar.h
     framework/data/emnist.h
     framework/files/*.h framework/base/export_form.h framework/base/state_dict.h framework/training/run_notes.h
     framework/export/onnx.h framework/export/cpp_file.h framework/export/event_file.h)
list(REMOVE_ITEM file_headers framework/files/weights_file.h framework/files/temporary.h)
file(GLOB online_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/training/online_learner.h framework/training/prequential.h)
file(GLOB plot_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} framework/plot/*.h)
list(REMOVE_ITEM public_headers ${file_headers} ${online_headers} framework/files/temporary.h)
function(cambium_umbrella name comment)
  set(umbrella "// ${comment}\n#pragma once\n\n")
  foreach(header ${ARGN})
    string(APPEND umbrella "#include \"cambium/${header}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CAMBIUM_INCLUDE}/cambium/${name} CONTENT "${umbrella}" @ONLY)
endfunction()
cambium_umbrella(cambium.h "Generated: every public header but those of files.h." ${public_headers})
cambium_umbrella(files.h "Generated: every header for tables, pictures, arrays and other files." ${file_headers})
cambium_umbrella(online.h "Generated: every header for learning from a live stream." ${online_headers})
cambium_umbrella(plot.h "Generated: every header for pictures of data." ${plot_headers})

# The list of layers for models as one line, so that a new layer needs no line there either.
include(${CMAKE_CURRENT_LIST_DIR}/layer_list.cmake)
file(GLOB layer_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} layers/*.h layers/*/*.h)
cambium_layer_list(${PROJECT_BINARY_DIR}/layer_list.cpp ${PROJECT_SOURCE_DIR} ${layer_headers})
list(APPEND CAMBIUM_SOURCES ${PROJECT_BINARY_DIR}/layer_list.cpp)

# Our own flags, kept from whoever uses the library. They stand behind those of a project that has the library inside it, which may
# have no build type, take all warnings for errors, and do without what is needed here.
add_library(cambium_flags INTERFACE)
target_compile_options(cambium_flags INTERFACE
                       -Wall -Wextra -Wshadow -Wconversion -Wdeprecated -W$<$<NOT:$<BOOL:${CAMBIUM_WERROR}>>:no->error
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 sees overlap in "a" + std::to_string(n)
                       $<$<CONFIG:>:-O2> -fexceptions -frtti -fno-fast-math
                       -ffp-contract=off)  # the same bits at every instruction set, and in loops and their remainders
string(REPLACE "," "+" sanitizers "${CAMBIUM_SANITIZE}")  # a comma would end the argument
target_compile_definitions(cambium_flags INTERFACE CAMBIUM_VERSION="${PROJECT_VERSION}"
                           CAMBIUM_BUILD_TYPE="$<CONFIG>$<$<NOT:$<STREQUAL:,${sanitizers}>>: with sanitizers>"
                           $<$<CONFIG:Debug>:CAMBIUM_DEBUG>)
if(CAMBIUM_SANITIZE)
  target_compile_options(cambium_flags INTERFACE
                         -fsanitize=${CAMBIUM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>  # g++ 12 then sees it in <regex>,
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)     # and this in "a" + text
  add_link_options(-fsanitize=${CAMBIUM_SANITIZE})
endif()

if(CAMBIUM_FUZZ)
  target_compile_options(cambium_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Behind all others, or a flag of those would take them back. With errno and traps, roots and exponentials stay scalar.
add_library(cambium_kernel_flags INTERFACE)
target_compile_options(cambium_kernel_flags INTERFACE ${CAMBIUM_FAST} -fno-math-errno -fno-trapping-math)

# One set of kernels: the sources compiled with an instruction set's flags into a namespace of its name.
function(cambium_kernels library isa)
  add_library(${library}_${isa} OBJECT ${CAMBIUM_KERNELS})
  target_include_directories(${library}_${isa} PRIVATE ${CAMBIUM_INCLUDE})
  target_compile_features(${library}_${isa} PRIVATE cxx_std_20)
  target_compile_definitions(${library}_${isa} PRIVATE CAMBIUM_ISA=${isa})
  target_compile_options(${library}_${isa} PRIVATE ${ARGN})
  target_link_libraries(${library}_${isa} PRIVATE cambium_flags cambium_kernel_flags)
  set_target_properties(${library}_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET default)
  target_sources(${library} PRIVATE $<TARGET_OBJECTS:${library}_${isa}>)
endfunction()

function(cambium_library library)
  add_library(${library} ${CAMBIUM_SOURCES} ${CAMBIUM_KERNELS_ONCE})
  target_compile_features(${library} PUBLIC cxx_std_20)
  target_include_directories(${library} PUBLIC $<BUILD_INTERFACE:${CAMBIUM_INCLUDE}>
                             PRIVATE ${CAMBIUM_CBLAS_DIR})
  target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:cambium_flags> fmt::fmt ZLIB::ZLIB PNG::PNG JPEG::JPEG
                        $<BUILD_INTERFACE:${CAMBIUM_ZIP}> $<INSTALL_INTERFACE:zip>
                        $<BUILD_INTERFACE:nlohmann_json::nlohmann_json> ${CMAKE_DL_LIBS}
                        PUBLIC Threads::Threads)
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET default
                        VISIBILITY_INLINES_HIDDEN OFF DEFINE_SYMBOL "" VERSION ${PROJECT_VERSION})
  if(BUILD_SHARED_LIBS)
    string(LENGTH ${library} length)
    set(CAMBIUM_MANGLED ${length}${library})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/symbols.map.in ${PROJECT_BINARY_DIR}/${library}.map @ONLY)
    target_link_options(${library} PRIVATE LINKER:--version-script=${PROJECT_BINARY_DIR}/${library}.map)
    set_target_properties(${library} PROPERTIES LINK_DEPENDS ${PROJECT_BINARY_DIR}/${library}.map)
  endif()
  cambium_together(${library} ${CAMBIUM_TOGETHER})
  cambium_kernels(${library} portable)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    cambium_kernels(${library} avx2 -mavx2 -mfma)
    cambium_kernels(${library} avx512 -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
    target_compile_definitions(${library} PRIVATE CAMBIUM_X86)
  endif()
endfunction()

cambium_library(cambium)
add_library(cambium::cambium ALIAS cambium)

if(CAMBIUM_TESTING)
  cambium_library(cambium_f64)
  # The whole library again under the name cambium_f64, so that both can be linked into one program.
  foreach(target cambium_f64 cambium_f64_portable cambium_f64_avx2 cambium_f64_avx512)
    if(TARGET ${target})
      target_compile_definitions(${target} PUBLIC CAMBIUM_F64 cambium=cambium_f64)
    endif()
  endforeach()

  # What checks layers, losses and optimizers: in double, where gradients can be compared, and in single precision. Static always,
  # because it counts how often the program that it is linked into takes memory.
  file(GLOB testing_sources CONFIGURE_DEPENDS framework/testing/*.cpp)
  foreach(precision "" _f64)
    add_library(cambium_testing${precision} STATIC ${testing_sources})
    target_link_libraries(cambium_testing${precision} PUBLIC cambium${precision} PRIVATE $<BUILD_INTERFACE:cambium_flags> fmt::fmt)
    set_target_properties(cambium_testing${precision} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endforeach()
  set_target_properties(cambium_testing PROPERTIES EXPORT_NAME testing_f32)
  set_target_properties(cambium_testing_f64 PROPERTIES EXPORT_NAME testing)
  add_library(cambium::testing ALIAS cambium_testing_f64)
  add_library(cambium::testing_f32 ALIAS cambium_testing)

  file(GLOB testing_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} framework/testing/*.h)
  cambium_umbrella(testing.h "Generated: every header of cambium::testing." ${testing_headers})
endif()

# What a user may want to know of a build that is slower than it should be.
set(build_type "${CMAKE_BUILD_TYPE}${CMAKE_CONFIGURATION_TYPES}")
if(build_type STREQUAL "")
  set(build_type "no build type, so at -O2")
endif()
set(instruction_sets "portable")
if(TARGET cambium_avx2)
  set(instruction_sets "portable, avx2, avx512")
endif()
string(TOLOWER "${CMAKE_BUILD_TYPE}" lower_type)
if(lower_type STREQUAL "debug")
  set(speed "not optimized: a step takes some 30 times as long as it could")
else()
  set(speed "at -O3")
endif()
message(STATUS "Cambium ${PROJECT_VERSION}: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}, ${build_type}; "
        "OpenBLAS ${CAMBIUM_OPENBLAS}")
message(STATUS "Cambium ${PROJECT_VERSION}: kernels for ${instruction_sets}, ${speed}")
