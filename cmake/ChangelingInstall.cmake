# What `cmake --install` and `cpack -G DEB` lay out (script/package makes the packages):
#   bin/changeling                  the front, which finds the others in libexec
#   libexec/changeling/             the programs with LibTorch, fetch-assets, assets.lock
#   share/changeling/configs        configurations and their JSON Schema; fsgan.yaml names the installed weights
#   share/changeling/weights        trained networks, research only
#   share/doc/changeling, share/bash-completion/completions, share/man/man1
# Components are Debian packages: changeling (no LibTorch), changeling-engine, changeling-weights (its own licence).
include(GNUInstallDirs)

set(own_libexec "${CMAKE_INSTALL_LIBEXECDIR}/changeling")
set(own_data "${CMAKE_INSTALL_DATADIR}/changeling")

install(TARGETS changeling RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT changeling)
install(PROGRAMS script/fetch-assets DESTINATION "${own_libexec}" COMPONENT changeling)
install(FILES assets.lock DESTINATION "${own_libexec}" COMPONENT changeling)
install(DIRECTORY configs DESTINATION "${own_data}" COMPONENT changeling
  FILES_MATCHING PATTERN "*.yaml" PATTERN "README.md" PATTERN "fsgan.yaml" EXCLUDE)
install(FILES README.md CHANGELOG.md USE_POLICY.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT changeling)
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT changeling)
# The prefix is known when installing; DESTDIR is where a package is put together.
install(CODE "
  set(data \"\${CMAKE_INSTALL_PREFIX}/${own_data}\")
  set(completions \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/bash-completion/completions\")
  file(READ \"${PROJECT_SOURCE_DIR}/configs/fsgan.yaml\" text)
  string(REPLACE \"generator/weights\" \"\${data}/weights\" text \"\${text}\")
  file(WRITE \"\$ENV{DESTDIR}\${data}/configs/fsgan.yaml\" \"\${text}\")
  file(MAKE_DIRECTORY \"\${completions}\")
  execute_process(COMMAND \"$<TARGET_FILE:changeling>\" completion bash
    OUTPUT_FILE \"\${completions}/changeling\" COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND \"$<TARGET_FILE:changeling>\" config schema
    OUTPUT_FILE \"\$ENV{DESTDIR}\${data}/configs/changeling.schema.json\" COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND \"$<TARGET_FILE:changeling>\" man
    --out \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man1\" COMMAND_ERROR_IS_FATAL ANY)
" COMPONENT changeling)

install(TARGETS changeling-generate changeling-evaluate changeling-train
  RUNTIME DESTINATION "${own_libexec}" COMPONENT changeling-engine)
install(DIRECTORY generator/weights DESTINATION "${own_data}" COMPONENT changeling-weights)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON) # fsgan.yaml then names /usr and no folder of the build
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR Changeling)
set(CPACK_PACKAGE_CONTACT "Changeling maintainers <maintainers@changeling.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL changeling changeling-engine changeling-weights)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_CHANGELING_PACKAGE_NAME changeling)
set(CPACK_DEBIAN_CHANGELING_PACKAGE_RECOMMENDS "changeling-engine, npm, openssl")
set(CPACK_COMPONENT_CHANGELING_DESCRIPTION "The command, its configurations and its documentation.")
set(CPACK_DEBIAN_CHANGELING-ENGINE_PACKAGE_NAME changeling-engine)
set(CPACK_DEBIAN_CHANGELING-ENGINE_PACKAGE_DEPENDS "changeling (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_CHANGELING-ENGINE_PACKAGE_RECOMMENDS "changeling-weights, libopenblas0-pthread")
set(CPACK_COMPONENT_CHANGELING-ENGINE_DESCRIPTION "The programs that swap, measure and train.")
set(CPACK_DEBIAN_CHANGELING-WEIGHTS_PACKAGE_NAME changeling-weights)
set(CPACK_DEBIAN_CHANGELING-WEIGHTS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_CHANGELING-WEIGHTS_PACKAGE_SECTION non-free/video)
set(CPACK_COMPONENT_CHANGELING-WEIGHTS_DESCRIPTION "Networks of fsgan, for research only.")
include(CPack)
