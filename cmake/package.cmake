# cpack -G DEB in the build folder makes two Debian packages: libcambium-dev (static library, headers, files for CMake and
# pkg-config) and cambium (programs, manual pages). With -DCMAKE_INSTALL_PREFIX=/usr the library lies in the folder of its
# architecture.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR Cambium)
set(CPACK_PACKAGE_CONTACT "The Cambium authors <cambium@localhost>")  # the format wants an address
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL development)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# What is linked into a user's program is named in cambium.pc; OpenBLAS is loaded when it is there.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcambium-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libfmt-dev, zlib1g-dev, libpng-dev, libjpeg-dev, libzip-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS libopenblas0)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "g++, pkg-config, cmake")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "A framework to train them, from C++20: static library and headers.")

if(CAMBIUM_APPS)
  list(APPEND CPACK_COMPONENTS_ALL programs)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME cambium)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS libopenblas0)
  set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION "Programs that train them on tables, pictures and arrays, and predict with them.")
endif()

include(CPack)
