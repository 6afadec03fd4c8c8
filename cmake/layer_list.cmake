# Every layer of layers/ as a source that names them all, so that a model written as one line (models/line.h) knows a new layer as
# soon as its header is there. A header has a layer when it says `Description describe() const override` of a class; its options
# are the struct of the same name with Options behind it.

function(cambium_layer_list source root)
  set(includes "")
  set(kinds "")
  foreach(header ${ARGN})
    if(NOT CMAKE_SCRIPT_MODE_FILE)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${header})  # a class may get another name
    endif()
    file(STRINGS ${root}/${header} said
         REGEX "^class [A-Za-z0-9_]+|Description describe\\(\\) const override|^(struct|using) [A-Za-z0-9_]+Options")
    set(class "")
    set(layers "")
    foreach(line IN LISTS said)
      if(line MATCHES "^class ([A-Za-z0-9_]+)")
        set(class ${CMAKE_MATCH_1})
      elseif(class AND line MATCHES "Description describe\\(\\) const override")
        list(APPEND layers ${class})
        set(class "")
      endif()
    endforeach()
    if(layers)
      string(APPEND includes "#include \"cambium/${header}\"\n")
    endif()
    foreach(layer ${layers})
      set(options NoOptions)
      if(said MATCHES "(struct|using) ${layer}Options ")
        set(options ${layer}Options)
      endif()
      string(APPEND kinds "    add_kind<${layer}, ${options}>(found);\n")
    endforeach()
  endforeach()
  string(CONCAT text
         "// Generated: every layer, as a line of layers knows it.\n"
         "#include \"cambium/models/parts/line_layers.h\"\n\n${includes}\n"
         "namespace cambium::models::line {\n\n"
         "const std::vector<Kind>& kinds() {\n"
         "  static const std::vector<Kind> all = [] {\n"
         "    std::vector<Kind> found;\n${kinds}"
         "    return found;\n"
         "  }();\n"
         "  return all;\n"
         "}\n\n"
         "}  // namespace cambium::models::line\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
endfunction()
