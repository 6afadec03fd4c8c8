# The programs as they are installed: cambium-train and so on, as `train` alone is too general a name for /usr/bin; and their
# manual pages, where help2man is there to make them. Those that are a single file in apps/ are examples, and stay there. One that
# has not been built is left out: apps/quickstart.sh builds four of them.

find_program(CAMBIUM_HELP2MAN help2man)
set(manual_pages "")
get_property(programs GLOBAL PROPERTY CAMBIUM_PROGRAMS)
foreach(program ${programs})
  set(name cambium-${program})
  install(PROGRAMS $<TARGET_FILE:${program}> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME ${name} COMPONENT programs OPTIONAL)
  install(CODE "if(CMAKE_INSTALL_DO_STRIP AND EXISTS \"$<TARGET_FILE:${program}>\")
    execute_process(COMMAND \"${CMAKE_STRIP}\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/${name}\")
  endif()" COMPONENT programs)
  if(CAMBIUM_HELP2MAN AND NOT CMAKE_CROSSCOMPILING)
    set(page ${PROJECT_BINARY_DIR}/man/${name}.1)
    add_custom_command(OUTPUT ${page} DEPENDS ${program} cmake/manual_page.sh
      COMMAND ${CMAKE_COMMAND} -E make_directory man
      COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:${program}> man/${name}  # it calls itself as it was called
      COMMAND ${PROJECT_SOURCE_DIR}/cmake/manual_page.sh man/${name} ${PROJECT_VERSION} >${page}
      WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    list(APPEND manual_pages ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT programs OPTIONAL)
  endif()
endforeach()
if(manual_pages)
  add_custom_target(manual_pages ALL DEPENDS ${manual_pages})
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/cambium RENAME copyright COMPONENT programs)
