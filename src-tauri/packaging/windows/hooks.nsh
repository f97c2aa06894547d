; What the uninstaller says first. Not at an update, which also runs it.
!macro NSIS_HOOK_PREUNINSTALL
  ${If} $UpdateMode <> 1
    MessageBox MB_OKCANCEL "Wrapped entries go on working, since .warder stays in your home. To put them back, cancel this and run: warder uninstall" /SD IDOK IDOK +2
    Abort
    ; What starts Warder with the session.
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "Warder"
  ${EndIf}
!macroend
