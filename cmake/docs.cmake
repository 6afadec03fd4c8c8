# The target `docs`: a reference of the public headers, where Doxygen is there to make it. What it warns of is an error.

find_program(CAMBIUM_DOXYGEN doxygen)
find_program(CAMBIUM_AWK awk)
if(CAMBIUM_DOXYGEN AND CAMBIUM_AWK)
  file(GLOB testing_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} framework/testing/*.h)
  set(CAMBIUM_DOCS ${PROJECT_BINARY_DIR}/docs)
  set(input ${public_headers} ${file_headers} ${plot_headers} ${testing_headers} cmake/reference.md)
  list(TRANSFORM input PREPEND ${PROJECT_SOURCE_DIR}/)
  string(JOIN " " CAMBIUM_DOCS_INPUT ${input})
  configure_file(cmake/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E make_directory ${CAMBIUM_DOCS}
                    COMMAND ${CAMBIUM_DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile
                    COMMENT "Reference: ${CAMBIUM_DOCS}/html/index.html" VERBATIM)
endif()
