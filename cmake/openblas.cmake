# cambium::openblas: the OpenBLAS of this machine, also for those who find Cambium installed and were built elsewhere.

if(NOT TARGET cambium::openblas)
  find_library(CAMBIUM_OPENBLAS openblas DOC "OpenBLAS, whose matrix products Cambium uses")
  find_library(CAMBIUM_OPENBLAS NAMES openblasp openblaso openblas PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial)
  mark_as_advanced(CAMBIUM_OPENBLAS)
  if(CAMBIUM_OPENBLAS)
    add_library(cambium::openblas UNKNOWN IMPORTED)
    set_target_properties(cambium::openblas PROPERTIES IMPORTED_LOCATION "${CAMBIUM_OPENBLAS}")
  endif()
endif()
