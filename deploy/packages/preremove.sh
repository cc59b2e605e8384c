#!/bin/sh
# Stops the service when the package goes, not when a newer one comes. The data and the user stay.
set -e

case ${1:-} in
remove | 0)
  if [ -d /run/systemd/system ]; then
    systemctl disable --now seachange.service
  fi
  ;;
esac
