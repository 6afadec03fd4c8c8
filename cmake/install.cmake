# cmake --install: library, headers, and the files by which find_package(Cambium) finds them.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS cambium EXPORT CambiumTargets)
foreach(room framework layers optimizers models)
  install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cambium FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES ${CAMBIUM_INCLUDE}/cambium/cambium.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cambium)

set(CAMBIUM_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Cambium)
install(EXPORT CambiumTargets NAMESPACE cambium:: DESTINATION ${CAMBIUM_CMAKE_DIR})
configure_package_config_file(cmake/CambiumConfig.cmake.in ${PROJECT_BINARY_DIR}/CambiumConfig.cmake INSTALL_DESTINATION ${CAMBIUM_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/CambiumConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/CambiumConfig.cmake ${PROJECT_BINARY_DIR}/CambiumConfigVersion.cmake DESTINATION ${CAMBIUM_CMAKE_DIR})
