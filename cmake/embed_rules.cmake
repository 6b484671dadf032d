# Compiles a rules file into a library as a string constant: rules/packs/default.yaml becomes kDefaultRules, declared in the
# generated header rules/embedded_rules.h.
function(tocsin_embed_rules library file)
  set(header ${CMAKE_BINARY_DIR}/generated/rules/embedded_rules.h)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_SOURCE_DIR}/${file} -DOUTPUT=${header} -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    VERBATIM)
  target_sources(tocsin_${library} PRIVATE ${header})
  target_include_directories(tocsin_${library} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()
