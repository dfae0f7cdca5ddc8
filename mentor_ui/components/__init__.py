"""What pages share: functions of Vars or plain values, without State inside."""
