# cmake --install: library, headers, the files by which find_package(Cambium) and pkg-config find them, and the programs. Nothing
# that is installed names a place of the machine that it was built on.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)

set(installed cambium)
if(CAMBIUM_TESTING)
  list(APPEND installed cambium_f64 cambium_testing cambium_testing_f64)
  install(FILES ${CAMBIUM_INCLUDE}/cambium/testing.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cambium)
endif()
install(TARGETS ${installed} EXPORT CambiumTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(room framework layers optimizers models)
  install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cambium FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES ${CAMBIUM_INCLUDE}/cambium/cambium.h ${CAMBIUM_INCLUDE}/cambium/files.h
              ${CAMBIUM_INCLUDE}/cambium/online.h ${CAMBIUM_INCLUDE}/cambium/plot.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cambium)

set(CAMBIUM_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Cambium)
install(EXPORT CambiumTargets NAMESPACE cambium:: DESTINATION ${CAMBIUM_CMAKE_DIR})
configure_package_config_file(cmake/CambiumConfig.cmake.in ${PROJECT_BINARY_DIR}/CambiumConfig.cmake
                              INSTALL_DESTINATION ${CAMBIUM_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/CambiumConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/CambiumConfig.cmake ${PROJECT_BINARY_DIR}/CambiumConfigVersion.cmake
        DESTINATION ${CAMBIUM_CMAKE_DIR})

# For those who build without CMake. What a static library was made with is linked by whoever links it.
set(CAMBIUM_PC_LIBS "")
if(NOT BUILD_SHARED_LIBS)
  set(CAMBIUM_PC_LIBS "-lfmt -lz -lpng -ljpeg -lzip -ldl -pthread")
endif()
file(RELATIVE_PATH CAMBIUM_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/cambium.pc.in ${PROJECT_BINARY_DIR}/cambium.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cambium.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/libcambium-dev RENAME copyright)

if(CAMBIUM_APPS)
  include(cmake/programs.cmake)
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT BUILD_SHARED_LIBS)
  include(cmake/package.cmake)
endif()
